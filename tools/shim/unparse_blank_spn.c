/* Lets Samba's KDC serve service principal names that contain blanks.
 *
 * Samba looks a principal up by its unparsed name without realm. Heimdal escapes the blanks in it
 * ("Microsoft\ Virtual\ System\ Migration\ Service/..."), so the name is never found in the directory
 * (active-directory.md 51-52). Loaded into the samba process only, this asks for the unescaped form,
 * which is the one Active Directory compares.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>

#define UNPARSE_NO_REALM 2
#define UNPARSE_DISPLAY 4

typedef int (*unparse)(void *context, const void *principal, int flags, char **name);

/* Samba's private copy of the Kerberos library: its name up to 4.19, and from 4.20 on. */
static const char *const libraries[] = {"libkrb5-samba4.so.0", "libkrb5-private-samba.so.0"};

static unparse find_real(void)
{
	for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
		void *library = dlopen(libraries[i], RTLD_LAZY | RTLD_NOLOAD);

		if (library != NULL)
			return (unparse)dlsym(library, "krb5_unparse_name_flags");
	}
	return (unparse)dlsym(RTLD_NEXT, "krb5_unparse_name_flags");
}

int krb5_unparse_name_flags(void *context, const void *principal, int flags, char **name)
{
	static unparse real;

	if (real == NULL)
		real = find_real();
	return real(context, principal, flags == UNPARSE_NO_REALM ? flags | UNPARSE_DISPLAY : flags, name);
}
